from . import pact_import
