import {Component, useRef, useState} from "@odoo/owl";
import {deserializeDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

// Category -> word and letter. The letter stands in the cell where there is room, and
// every category has its own pattern: color is never the only sign.
export const CATEGORIES = {
    unexcused: {label: _t("unexcused"), letter: _t("U")},
    unverified: {label: _t("unverified"), letter: _t("?")},
    excused: {label: _t("excused"), letter: _t("E")},
    medical: {label: _t("medical"), letter: _t("M")},
    suspension: {label: _t("suspension"), letter: _t("S")},
    tardy: {label: _t("tardy"), letter: _t("T")},
    activity: {label: _t("school activity"), letter: _t("A")},
    homebound: {label: _t("homebound"), letter: _t("H")},
    present: {label: _t("present"), letter: ""},
};
const STATES = {
    present: _t("present"),
    missing: _t("no attendance received"),
    out: _t("not enrolled"),
};

/** Return the missed part of a day in words; `days` is text like "0.5". */
function portionWords(days) {
    const part = Number(days);
    if (!part) {
        return "";
    }
    if (part >= 1) {
        return _t("all day");
    }
    return part === 0.5 ? _t("half day") : _t("%s of the day", days);
}

/** Return what a day was, in words: "Tue, Mar 3: unexcused, half day, code UNX". */
export function dayWords(cell) {
    const day = deserializeDate(cell.date).toLocaleString({
        weekday: "short",
        month: "short",
        day: "numeric",
    });
    const words = [];
    if (cell.state !== "event") {
        words.push(STATES[cell.state]);
    }
    if (cell.category) {
        words.push(CATEGORIES[cell.category].label, portionWords(cell.days));
        if (cell.code) {
            words.push(_t("code %s", cell.code));
        }
        if (cell.name) {
            words.push(cell.name);
        }
    }
    return `${day}: ${words.filter(Boolean).join(", ")}`;
}

/**
 * The attendance strip: one cell a school day, today at the right.
 *
 * Small (lists, cards): an image with a summary; hovering a day tells what it was.
 * Large (forms): a grid by month; the arrow keys walk the days (up and down: a week),
 * a line below tells what the day was, and a legend names what occurs.
 *
 * `strip` is the value documented at pact.student in the metrics room.
 */
export class AttendanceStrip extends Component {
    static template = "pact_truancy.AttendanceStrip";
    static props = {
        strip: {type: [Object, Boolean], optional: true},
        days: {type: Number, optional: true},
        large: {type: Boolean, optional: true},
    };
    static defaultProps = {days: 0, large: false};

    setup() {
        this.root = useRef("root");
        this.state = useState({active: null, text: ""});
    }

    get cells() {
        const days = this.props.strip?.days || [];
        const from = this.props.days ? Math.max(0, days.length - this.props.days) : 0;
        const years = new Set(this.props.strip?.years || []);
        return days
            .slice(from)
            .map(([date, state, category, missed, code, name], index) => ({
                index,
                date,
                state,
                category,
                days: missed,
                code,
                name,
                startsYear: index > 0 && years.has(date),
                letter: category ? CATEGORIES[category].letter : "",
                height: category ? this.height(missed) : 0,
            }));
    }

    get months() {
        const months = [];
        for (const cell of this.cells) {
            const key = cell.date.slice(0, 7);
            if (!months.length || months.at(-1).key !== key || cell.startsYear) {
                months.push({
                    key,
                    id: cell.date,
                    name: deserializeDate(cell.date).toFormat("LLL"),
                    startsYear: cell.startsYear,
                    cells: [],
                });
            }
            months.at(-1).cells.push(cell);
        }
        return months;
    }

    /** Percent of the cell that an absence fills; a short one must still be seen, and
     * its letter must fit. */
    height(missed) {
        return Math.max(this.props.large ? 50 : 35, Math.min(1, Number(missed)) * 100);
    }

    /** What occurs, biggest group of absences first: [{key, label, count}]. */
    get totals() {
        const counts = {};
        for (const cell of this.cells) {
            const key = cell.state === "event" ? cell.category : cell.state;
            counts[key] = (counts[key] || 0) + 1;
        }
        const order = [...Object.keys(CATEGORIES), "missing", "out"];
        return order
            .filter((key) => counts[key])
            .map((key) => ({
                key,
                count: counts[key],
                label: key in CATEGORIES ? CATEGORIES[key].label : STATES[key],
                letter: CATEGORIES[key]?.letter || "",
            }));
    }

    get summary() {
        const cells = this.cells;
        if (!cells.length) {
            return _t("No school days yet");
        }
        const totals = this.totals.map(({label, count}) => `${label} ${count}`);
        return _t("%(count)s school days. Days by what they were: %(totals)s", {
            count: cells.length,
            totals: totals.join(", "),
        });
    }

    get activeIndex() {
        return this.state.active ?? this.cells.length - 1;
    }

    cellClass(cell) {
        const classes = [`o_pact_state_${cell.state}`];
        if (cell.category) {
            classes.push(`o_pact_category_${cell.category}`);
        }
        if (cell.startsYear && !this.props.large) {
            classes.push("o_pact_year_start");
        }
        return classes.join(" ");
    }

    dayWords(cell) {
        return dayWords(cell);
    }

    cellOf(ev) {
        const index = ev.target.closest("[data-index]")?.dataset.index;
        return index === undefined ? undefined : this.cells[Number(index)];
    }

    /** Tell the day under the pointer; a title is only made for a cell that is met. */
    onPointerOver(ev) {
        const cell = this.cellOf(ev);
        if (!cell) {
            return;
        }
        if (this.props.large) {
            this.state.text = dayWords(cell);
        } else {
            ev.target.closest("[data-index]").title = dayWords(cell);
        }
    }

    onPointerLeave() {
        this.state.text = "";
    }

    onFocusIn(ev) {
        const cell = this.cellOf(ev);
        if (cell) {
            this.state.active = cell.index;
            this.state.text = dayWords(cell);
        }
    }

    onFocusOut() {
        this.state.text = "";
    }

    onKeydown(ev) {
        const last = this.cells.length - 1;
        const steps = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -5, ArrowDown: 5};
        let index = this.activeIndex;
        if (ev.key in steps) {
            index += steps[ev.key];
        } else if (ev.key === "Home") {
            index = 0;
        } else if (ev.key === "End") {
            index = last;
        } else {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
        index = Math.max(0, Math.min(last, index));
        this.root.el.querySelector(`[data-index="${index}"]`).focus();
    }
}

export class AttendanceStripField extends Component {
    static template = "pact_truancy.AttendanceStripField";
    static components = {AttendanceStrip};
    static props = {
        ...standardFieldProps,
        days: {type: Number, optional: true},
        large: {type: Boolean, optional: true},
    };

    get strip() {
        return this.props.record.data[this.props.name] || false;
    }
}

export const attendanceStripField = {
    component: AttendanceStripField,
    displayName: _t("Attendance Strip"),
    supportedTypes: ["json"],
    supportedOptions: [
        {
            label: _t("Show at most this many days"),
            name: "days",
            type: "number",
        },
        {
            label: _t("Large, by month and with a legend"),
            name: "large",
            type: "boolean",
        },
    ],
    listViewWidth: 200,
    extractProps: ({options}) => ({
        days: options.days || 0,
        large: Boolean(options.large),
    }),
};

registry.category("fields").add("pact_attendance_strip", attendanceStripField);
