from . import pact_shipped
from . import pact_program
from . import pact_program_step
from . import pact_program_criterion
from . import pact_student
from . import pact_program_requirement
from . import ir_model_data
