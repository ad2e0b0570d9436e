from . import pact_demo
from . import pact_demo_places
from . import pact_demo_people
from . import pact_demo_attendance
from . import pact_demo_desk
from . import pact_demo_file
from . import pact_demo_job
