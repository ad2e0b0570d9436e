from . import pact_case
from . import pact_case_step
from . import pact_program
from . import pact_student
