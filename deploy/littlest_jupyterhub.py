"""What the course asks of a hub on one machine. The Littlest JupyterHub reads it from jupyterhub_config.d."""

COURSE = "/opt/course"

c = get_config()  # noqa: F821

# Who may log in: those whom tljh-config names, and nobody else; nobody, if it names none. README.md says how, and what
# another login needs.
c.JupyterHub.authenticator_class = "oauthenticator.github.GitHubOAuthenticator"
c.Authenticator.allow_all = False
c.Authenticator.username_pattern = "^[A-Za-z0-9-]+$"  # as names on GitHub are: with others the hub does not start

c.Spawner.cmd = [f"{COURSE}/.venv/bin/python", f"{COURSE}/deploy/start.py", "jupyterhub-singleuser"]
c.Spawner.default_url = "/lab/tree/course/notebooks/00_start_here.ipynb"
c.Spawner.environment = {"COURSE_MIRROR": "/srv/mirror"}
# A class opens its servers at once, and they share the cores: that takes longer than the hub waits by itself.
c.Spawner.start_timeout = c.Spawner.http_timeout = 300  # seconds

# Per student, from the table in README.md. The Littlest JupyterHub sets the limits of its own spawner, so name it too.
for spawner in (c.Spawner, c.SystemdSpawner):
    spawner.mem_limit = "4G"
    spawner.cpu_limit = 2
