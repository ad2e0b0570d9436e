from . import pact_program
from . import pact_program_step
from . import pact_program_criterion
from . import pact_student
from . import pact_program_requirement
