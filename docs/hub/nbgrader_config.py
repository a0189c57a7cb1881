"""nbgrader's settings for everybody on a hub: /etc/jupyter/nbgrader_config.py."""

c = get_config()  # noqa: F821
c.Exchange.root = "/srv/nbgrader/exchange"  # a folder that all may write to
c.CourseDirectory.course_id = "transformers-2027"  # left out where several courses share the hub
c.Execute.timeout = 60  # seconds that Validate gives a cell
# And to what it has printed; 4 are too few where a class validates at the same time.
c.Execute.iopub_timeout = 60
# In containers all students are the user jovyan, of which nbgrader would warn. Elsewhere, take this line away.
c.ExchangeCollect.check_owner = False
