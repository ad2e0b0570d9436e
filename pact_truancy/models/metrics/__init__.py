from . import pact_attendance_event
from . import pact_metrics
from . import pact_explain
from . import pact_snapshot
from . import pact_student
from . import pact_student_strip
