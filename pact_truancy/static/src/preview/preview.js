import {Component, onWillStart, useState} from "@odoo/owl";
import {DateTimeInput} from "@web/core/datetime/datetime_input";
import {deserializeDate, serializeDate} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

/** Who would be flagged, today or as of another day: counts a school, names for those who may see them. */
export class Preview extends Component {
    static template = "pact_truancy.Preview";
    static components = {DateTimeInput};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({data: null, open: null});
        onWillStart(() => this.load(false));
    }

    /** Count as of a day ("2026-03-03"); false is today. */
    async load(day) {
        const {program_id} = this.props.action.params;
        const data = await this.orm.call("pact.program", "preview", [program_id, day]);
        Object.assign(this.state, {data, open: null});
    }

    get date() {
        return deserializeDate(this.state.data.date);
    }

    get today() {
        return deserializeDate(this.state.data.today);
    }

    onDate(date) {
        if (date) {
            return this.load(serializeDate(date));
        }
    }

    toggle(index) {
        this.state.open = this.state.open === index ? null : index;
    }

    openStudent(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "pact.student",
            res_id: id,
            views: [[false, "form"]],
            target: "current",
        });
    }
}

registry.category("actions").add("pact_preview", Preview);
