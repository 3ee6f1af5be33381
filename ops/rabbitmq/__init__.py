"""The broker's users where the system is deployed: `python -m ops.rabbitmq`, see README.md."""
