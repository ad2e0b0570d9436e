import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** A JSON list of {text, met} as a checklist. */
export class ChecklistField extends Component {
    static template = "pact_truancy.ChecklistField";
    static props = {...standardFieldProps};

    get lines() {
        return this.props.record.data[this.props.name] || [];
    }
}

registry.category("fields").add("pact_checklist", {
    component: ChecklistField,
    supportedTypes: ["json"],
});
