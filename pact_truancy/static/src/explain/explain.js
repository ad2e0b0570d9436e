import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

/** One reading of a number: what was counted, in which window, complete through when. */
class ExplainReading extends Component {
    static template = "pact_truancy.ExplainReading";
    static props = {reading: Object};
}

/** The words behind numbers: rule, window, days that count, days that do not and why. */
export class Explain extends Component {
    static template = "pact_truancy.Explain";
    static components = {ExplainReading};
    static props = {
        resModel: String,
        resId: Number,
        args: {type: Object, optional: true},
    };

    setup() {
        this.orm = useService("orm");
        this.state = useState({data: null, others: false});
        onWillStart(() => this.load(this.props));
        onWillUpdateProps((props) => this.load(props));
    }

    /** Where all days are of one school its column goes first on a narrow screen. */
    schoolClass(part) {
        const schools = new Set(part.rows.map((row) => row.school));
        return schools.size > 1 ? "" : "d-none d-sm-table-cell";
    }

    async load({resModel, resId, args}) {
        this.state.data = await this.orm.call(resModel, "explain", [resId], args || {});
    }
}

export class ExplainDialog extends Component {
    static template = "pact_truancy.ExplainDialog";
    static components = {Dialog, Explain};
    static props = {...Explain.props, title: String, close: Function};
}

/** A number, or a sentence, that opens its explanation. */
export class ExplainField extends Component {
    static template = "pact_truancy.ExplainField";
    static props = {
        ...standardFieldProps,
        args: {type: Object, optional: true},
        bold: {type: Boolean, optional: true},
        suffix: {type: String, optional: true},
    };

    setup() {
        this.dialog = useService("dialog");
    }

    get text() {
        const {record, name} = this.props;
        const value = record.data[name];
        return typeof value === "number"
            ? String(Math.round(value * 100) / 100) + (this.props.suffix || "")
            : value || "";
    }

    /** What stands before the first comma, the student's name, is bold on demand. */
    get head() {
        return this.props.bold ? this.text.split(",", 1)[0] : "";
    }

    /** A sentence is its own title; a number says whose it is and what it counts. */
    get title() {
        const {record, name} = this.props;
        if (record.fields[name].type === "char") {
            return this.text;
        }
        const who = record.data.display_name || record.data.name;
        return [who, record.fields[name].string].filter(Boolean).join(": ");
    }

    open() {
        const {record, args} = this.props;
        this.dialog.add(ExplainDialog, {
            resModel: record.resModel,
            resId: record.resId,
            args,
            title: this.title,
        });
    }
}

/** The same, laid open in a form. */
export class ExplainWidget extends Component {
    static template = "pact_truancy.ExplainWidget";
    static components = {Explain};
    static props = {...standardWidgetProps};
}

registry.category("fields").add("pact_explain", {
    component: ExplainField,
    supportedTypes: ["char", "float", "integer"],
    extractProps: ({options}) => ({
        args: options.spec,
        bold: Boolean(options.bold_head),
        suffix: options.suffix,
    }),
});
registry.category("view_widgets").add("pact_explain", {component: ExplainWidget});
