from . import pact_case
from . import pact_flag
from . import pact_flag_record
from . import pact_program
from . import pact_program_preview
from . import pact_program_touched
from . import pact_screening
from . import pact_student
