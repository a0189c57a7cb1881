"""Settings of every student's server: /etc/jupyter/jupyter_server_config.py."""

c = get_config()  # noqa: F821
# A kernel holds its memory until it ends, and a closed tab does not end it. One that computes is left alone.
c.MappingKernelManager.cull_idle_timeout = 3600  # seconds
c.MappingKernelManager.cull_interval = 300
c.MappingKernelManager.cull_connected = True  # an open tab, too
