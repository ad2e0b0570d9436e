from . import pact_school_calendar_wizard
from . import pact_school_day_wizard
