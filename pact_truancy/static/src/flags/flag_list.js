import {ListRenderer} from "@web/views/list/list_renderer";
import {listView} from "@web/views/list/list_view";
import {registry} from "@web/core/registry";
import {useEffect} from "@odoo/owl";

const KEYS = {c: "action_confirm", s: "action_ask_snooze", d: "action_ask_dismiss"};

/** The inbox of flags: arrows walk the rows, C, S and D press the row's buttons. When a
 * decided flag leaves the list, the focus goes to the flag in its place. */
export class FlagListRenderer extends ListRenderer {
    setup() {
        super.setup();
        this.decidedRow = null;
        useEffect(
            () => {
                const rows = this.tableRef.el?.querySelectorAll("tr.o_data_row") || [];
                const row = rows[Math.min(this.decidedRow ?? -1, rows.length - 1)];
                if (this.decidedRow !== null && row) {
                    row.querySelector("td.o_data_cell").focus();
                }
                this.decidedRow = null;
            },
            () => [this.props.list.records.length]
        );
    }

    onCellKeydownReadOnlyMode(hotkey, cell, group, record) {
        const row = cell.closest("tr");
        const button =
            record &&
            KEYS[hotkey] &&
            row.querySelector(`button[name="${KEYS[hotkey]}"]:not(:disabled)`);
        if (button) {
            const rows = [...this.tableRef.el.querySelectorAll("tr.o_data_row")];
            this.decidedRow = rows.indexOf(row);
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
