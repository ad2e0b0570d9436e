from . import pact_attendance_note_void
from . import pact_case_close
from . import pact_correction_list
from . import pact_flag_decide
from . import pact_import_dismiss
from . import pact_letter_decision
from . import pact_school_calendar_wizard
from . import pact_school_day_wizard
