import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {session} from "@web/session";

/** Says on every page that the program's day is pinned (a demo database). */
export class PinnedDay extends Component {
    static template = "pact_truancy.PinnedDay";
    static props = {};

    setup() {
        this.day = session.pact_pinned_day;
    }
}

if (session.pact_pinned_day) {
    registry
        .category("systray")
        .add("pact_truancy.pinned_day", {Component: PinnedDay}, {sequence: 101});
}
