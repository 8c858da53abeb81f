"""The web server's door: granian serves `config.wsgi:application`."""

import os
import warnings

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Without a collected folder WhiteNoise serves from the apps' own; it need not be told of at every start.
warnings.filterwarnings("ignore", message="No directory at")

application = get_wsgi_application()
