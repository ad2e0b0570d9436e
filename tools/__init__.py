"""The parts of ./pact. Only the standard library is used here; what needs Odoo's own
packages lies in `inside/` and runs with the Python that ./pact makes."""
