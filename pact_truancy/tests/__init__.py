from . import test_attendance_event
from . import test_metrics_reference
from . import test_metrics
from . import test_slice_r21
