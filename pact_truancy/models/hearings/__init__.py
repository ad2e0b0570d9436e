from . import pact_meeting_kind
from . import pact_program
from . import pact_meeting
from . import pact_proceeding
from . import pact_case
