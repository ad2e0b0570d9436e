import {Component, onWillStart, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

/** Who would be flagged today: counts a school, names for those who may see them. */
export class Preview extends Component {
    static template = "pact_truancy.Preview";
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({data: null, open: null});
        onWillStart(async () => {
            const {program_id} = this.props.action.params;
            this.state.data = await this.orm.call("pact.program", "preview", [
                program_id,
            ]);
        });
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
