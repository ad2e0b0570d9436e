import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";

/** What a method of the case that helps with a line is called on its button. */
const LABELS = {
    action_log_intervention: _t("Log a contact"),
    action_make_order: _t("Open the order"),
    action_offer_service: _t("Offer a service"),
    action_open_letters: _t("Open the letters"),
    action_open_meeting: _t("Open the meeting"),
    action_open_referral: _t("Open the referral"),
    action_plan_meeting: _t("Plan it"),
    action_provide: _t("Provide it"),
    action_reviewed: _t("I have looked at it"),
};

/** A JSON list of {text, met, button} as a checklist; what is missing has its button. */
export class ChecklistField extends Component {
    static template = "pact_truancy.ChecklistField";
    static props = {...standardFieldProps};

    setup() {
        this.action = useService("action");
    }

    get lines() {
        return this.props.record.data[this.props.name] || [];
    }

    label(line) {
        return !line.met && this.props.record.resId ? LABELS[line.button] : undefined;
    }

    async help(line) {
        const {record} = this.props;
        if (!(await record.save())) {
            return;
        }
        await this.action.doActionButton({
            type: "object",
            name: line.button,
            resModel: record.resModel,
            resId: record.resId,
            resIds: [record.resId],
            context: {},
            onClose: () => record.load(),
        });
    }
}

registry.category("fields").add("pact_checklist", {
    component: ChecklistField,
    supportedTypes: ["json"],
});
