from . import pact_program_requirement
from . import pact_case
from . import pact_case_gate
from . import pact_case_advice
from . import pact_case_step
from . import pact_program
from . import pact_student
