import {registry} from "@web/core/registry";
import {listView} from "@web/views/list/list_view";
import {ListRenderer} from "@web/views/list/list_renderer";

const KEYS = {c: "action_confirm", s: "action_ask_snooze", d: "action_ask_dismiss"};

/** The inbox of flags: arrows walk the rows, C, S and D press the row's buttons. */
export class FlagListRenderer extends ListRenderer {
    onCellKeydownReadOnlyMode(hotkey, cell, group, record) {
        const button =
            record &&
            KEYS[hotkey] &&
            cell
                .closest("tr")
                .querySelector(`button[name="${KEYS[hotkey]}"]:not(:disabled)`);
        if (button) {
            button.click();
            return true;
        }
        return super.onCellKeydownReadOnlyMode(...arguments);
    }
}

registry.category("views").add("pact_flag_list", {
    ...listView,
    Renderer: FlagListRenderer,
});
