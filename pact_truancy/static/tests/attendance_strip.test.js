import {expect, test} from "@odoo/hoot";
import {hover, keyDown, queryAllTexts, queryAttribute} from "@odoo/hoot-dom";
import {animationFrame} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
} from "@web/../tests/web_test_helpers";

class Student extends models.Model {
    _name = "pact.student";

    name = fields.Char();
    strip = fields.Json();

    _records = [
        {
            id: 1,
            name: "Maya Rivera",
            strip: {
                days: [
                    ["2025-05-29", "present"],
                    ["2025-08-25", "out"],
                    ["2026-02-27", "missing"],
                    ["2026-03-02", "event", "excused", "1", null, null],
                    ["2026-03-03", "event", "unexcused", "0.5", "UNX", "Unexcused"],
                ],
                years: ["2025-08-25"],
            },
        },
        {id: 2, name: "No School", strip: false},
    ];
}

defineMailModels();
defineModels([Student]);

const LARGE = `<form><field name="strip" widget="pact_attendance_strip"
    options="{'large': True}"/></form>`;

test("a list shows a small strip with a summary and tells a day on hover", async () => {
    await mountView({
        resModel: "pact.student",
        type: "list",
        arch: `<list><field name="name"/>
            <field name="strip" widget="pact_attendance_strip" options="{'days': 3}"/></list>`,
    });
    expect(".o_data_row:first .o_pact_cell").toHaveCount(3);
    expect(".o_data_row:first .o_pact_strip").toHaveAttribute("role", "img");
    expect(queryAttribute(".o_data_row:first .o_pact_strip", "aria-label")).toBe(
        "3 school days. Days by what they were: unexcused 1, excused 1, no attendance received 1"
    );
    expect(".o_data_row:last .o_pact_cell").toHaveCount(0);
    expect(".o_data_row:last .o_pact_strip").toHaveText("No school days yet");
    const last = ".o_data_row:first .o_pact_cell:last";
    expect(last).not.toHaveAttribute("title");
    await hover(last);
    expect(last).toHaveAttribute(
        "title",
        "Tue, Mar 3: unexcused, half day, code UNX, Unexcused"
    );
});

test("a form shows months, letters and where a school year begins", async () => {
    await mountView({resModel: "pact.student", type: "form", resId: 1, arch: LARGE});
    expect(queryAllTexts(".o_pact_month_name")).toEqual(["May", "Aug", "Feb", "Mar"]);
    expect(".o_pact_month:nth-child(2)").toHaveClass("o_pact_year_start");
    expect(queryAllTexts(".o_pact_months .o_pact_cell")).toEqual([
        "",
        "",
        "",
        "E",
        "U",
    ]);
    expect(".o_pact_months .o_pact_state_missing > i").toHaveCount(0);
    expect(".o_pact_months .o_pact_category_unexcused > i").toHaveAttribute(
        "style",
        "height:50%"
    );
});

test("what a school of others recorded has neither code nor reason", async () => {
    await mountView({resModel: "pact.student", type: "form", resId: 1, arch: LARGE});
    expect(".o_pact_cell[data-index='3']").toHaveAttribute(
        "aria-label",
        "Mon, Mar 2: excused, all day"
    );
});

test("arrow keys walk the days, one tab stop", async () => {
    await mountView({resModel: "pact.student", type: "form", resId: 1, arch: LARGE});
    expect(".o_pact_cell[tabindex='0']").toHaveCount(1);
    expect(".o_pact_cell[tabindex='0']").toHaveAttribute("data-index", "4");
    await contains(".o_pact_cell[data-index='4']").focus();
    expect(".o_pact_strip_text").toHaveText(
        "Tue, Mar 3: unexcused, half day, code UNX, Unexcused"
    );
    await keyDown("ArrowLeft");
    await keyDown("ArrowLeft");
    await animationFrame();
    expect(".o_pact_cell[data-index='2']").toBeFocused();
    expect(".o_pact_strip_text").toHaveText("Fri, Feb 27: no attendance received");
    await keyDown("ArrowUp");
    await animationFrame();
    expect(".o_pact_cell[data-index='0']").toBeFocused();
    await keyDown("End");
    await animationFrame();
    expect(".o_pact_cell[data-index='4']").toBeFocused();
    expect(".o_pact_cell[tabindex='0']").toHaveCount(1);
});
