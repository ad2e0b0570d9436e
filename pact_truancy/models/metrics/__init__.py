from . import pact_metrics
from . import pact_snapshot
from . import pact_student
