import {Component, onMounted, onWillUnmount} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

const EVERY = 4000;

/**
 * Reads the record again every few seconds while its import runs in the background and
 * the page is looked at.
 */
export class PactImportProgress extends Component {
    static template = "pact_truancy.ImportProgress";
    static props = {...standardWidgetProps};

    setup() {
        onMounted(() => {
            this.timer = setInterval(() => this.refresh(), EVERY);
        });
        onWillUnmount(() => clearInterval(this.timer));
    }

    async refresh() {
        const {record} = this.props;
        const isBusy = ["queued", "running"].includes(record.data.run_state);
        if (isBusy && !document.hidden && !(await record.isDirty())) {
            await record.load();
        }
    }
}

registry.category("view_widgets").add("pact_import_progress", {
    component: PactImportProgress,
    fieldDependencies: [{name: "run_state", type: "selection"}],
});
