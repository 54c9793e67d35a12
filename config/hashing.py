"""Static files under names made of their bytes, in what scripts import as well."""

from whitenoise.storage import (  # type: ignore[import-untyped]
    CompressedManifestStaticFilesStorage,
)


class Hashed(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """So that a module and those it imports are always of one release."""

    support_js_module_import_aggregation = True
