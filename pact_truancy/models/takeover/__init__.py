from . import pact_takeover
from . import pact_takeover_row
from . import pact_takeover_plan
from . import pact_takeover_cases
from . import pact_takeover_letters
from . import pact_takeover_records
from . import pact_takeover_orders
from . import pact_takeover_file
