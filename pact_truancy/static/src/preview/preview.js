import {Component, onWillStart, useState} from "@odoo/owl";
import {DateTimeInput} from "@web/core/datetime/datetime_input";
import {deserializeDate, serializeDate} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

/**
 * Who would be flagged, today or as of another day, by the rules as they stand or with
 * other numbers: counts a school, names for those who may see them.
 */
export class Preview extends Component {
    static template = "pact_truancy.Preview";
    static components = {DateTimeInput};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({data: null, open: null, thresholds: {}});
        onWillStart(() => this.load(false));
    }

    /** Count as of a day ("2026-03-03"); false is today. */
    async load(day) {
        const {program_id} = this.props.action.params;
        const data = await this.orm.call("pact.program", "preview", [
            program_id,
            day,
            this.state.thresholds,
        ]);
        Object.assign(this.state, {data, open: null});
    }

    /** Try another number of a rule; nothing is written. */
    onThreshold(rule, text) {
        const number = Number(text);
        if (text !== "" && number >= 0) {
            this.state.thresholds = {...this.state.thresholds, [rule.id]: number};
            return this.load(this.state.data.date);
        }
    }

    /** Back to the rules as they stand. */
    reset() {
        this.state.thresholds = {};
        return this.load(this.state.data.date);
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
