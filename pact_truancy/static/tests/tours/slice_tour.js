import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** The way in the browser, one tour a page; tests/test_slice_browser.py runs them. */

tours.add("pact_slice_import", {
    steps: () => [
        {
            content: "choose the information system",
            trigger: ".o_field_widget[name=source_id] input",
            run: "edit Test SIS",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Test SIS)",
            run: "click",
        },
        {
            content: "upload the file",
            trigger: ".o_field_widget[name=file]",
            run: async () => {
                const response = await fetch("/pact_slice.csv");
                const file = new File([await response.blob()], "attendance.csv", {
                    type: "text/csv",
                });
                const data = new DataTransfer();
                data.items.add(file);
                const input = document.querySelector(
                    ".o_field_widget[name=file] input[type=file]"
                );
                input.files = data.files;
                input.dispatchEvent(new Event("change", {bubbles: true}));
            },
        },
        {
            content: "the file has arrived",
            trigger: ".o_field_widget[name=file] .o_clear_file_button",
        },
        {
            trigger: "button[name=action_next]:contains(Read the File)",
            run: "click",
        },
        {
            content: "schools and dates are proposed; replace or add is asked",
            trigger: ".o_field_widget[name=mode] .o_radio_item:contains(Adds) input",
            run: "click",
        },
        {
            trigger: "button[name=action_next]:contains(Preview)",
            run: "click",
        },
        {
            content: "the preview says what would change",
            trigger: "button[name=action_open_rows]:contains(New):contains(9)",
        },
        {
            trigger: "button[name=action_start_apply]",
            run: "click",
        },
        {
            trigger: ".alert-success:contains(Applied)",
        },
    ],
});

tours.add("pact_slice_flag", {
    steps: () => [
        {
            content: "run the rules",
            trigger: "button[name=action_screen]:visible",
            run: "click",
        },
        {
            content: "the sentence says why; a click explains",
            trigger:
                ".o_data_row:contains(Maya Rivera):contains(9 unexcused days) .o_field_pact_explain button, .o_data_row:contains(Maya Rivera) .o_field_pact_explain a",
            run: "click",
        },
        {
            trigger: ".modal:contains(180 school days)",
        },
        {
            trigger: ".modal .btn-close",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(Maya Rivera) button[name=action_confirm]",
            run: "click",
        },
        {
            content: "it is decided",
            trigger: "body:not(:has(.o_data_row:contains(Maya Rivera)))",
        },
    ],
});

tours.add("pact_slice_board", {
    steps: () => [
        {
            content: "the card stands in the first column",
            trigger:
                ".o_kanban_group:first-child:contains(Identified) .o_kanban_record:contains(Maya Rivera)",
            run: "click",
        },
        {
            trigger: "button[name=action_open_letters]",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(Maya Rivera) td[name=student_id]",
            run: "click",
        },
        {
            content: "print both copies",
            trigger: "button[name=action_print]:contains(Print):visible",
            run: "click",
        },
        {
            content: "the family's letter stands below",
            trigger: ".o_field_widget[name=delivery_ids] .o_data_row",
        },
    ],
});
