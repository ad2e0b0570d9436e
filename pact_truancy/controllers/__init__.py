from . import pact_import
from . import pact_takeover
from . import import_upload
