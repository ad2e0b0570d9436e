from . import pact_case
from . import pact_flag
from . import pact_program
from . import pact_screening
from . import pact_student
