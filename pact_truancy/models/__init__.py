# The rooms in the order of the way of the data (docs/architecture.md): a room names
# models of the rooms above it, never of those below.
from . import facts
from . import access
from . import intake
from . import metrics
from . import rules
from . import casework
from . import screening
from . import letters
from . import hearings
from . import takeover
from . import demo
