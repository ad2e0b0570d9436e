from . import pact_assignment
from . import pact_access
from . import pact_county
from . import pact_district
from . import pact_homeroom
from . import pact_office_service
from . import pact_school
from . import res_users
