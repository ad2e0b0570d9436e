from . import pact_case
from . import pact_case_step
