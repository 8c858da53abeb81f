"""The web server's door: granian serves `config.wsgi:application`."""

import os
import warnings

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Without a collected folder WhiteNoise serves from the apps' own; it need not be told of at every start.
warnings.filterwarnings("ignore", message="No directory at")

django = get_wsgi_application()
# By name, for its module can be read only once Django is set up.
application = import_string("config.fastpath.FastPath")(django)

for name in settings.STARTS_WITH_WEB:
    import_string(name)()
