from . import pact_import
from . import import_upload
