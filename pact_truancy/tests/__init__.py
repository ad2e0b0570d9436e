from . import test_attendance_event
from . import test_metrics_reference
from . import test_metrics
from . import test_slice_r21
from . import test_facts_calendar_wizard
from . import test_facts_secretary
from . import test_clock
