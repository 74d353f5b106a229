"""What surrounds the application: servers to run it with, deployment files, the WeChat sandbox."""
