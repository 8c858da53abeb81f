"""English: 24 hours, as everywhere in the product; Django's own would say "8:30 a.m." beside a roster's 08:30."""

TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i"
