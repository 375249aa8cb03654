"""Where all parts come together: the node, its pages, host API and links, and the command `oncue`.

async with node(Settings.read(os.environ)) as running: ...      # serve.py: a whole node, roles as processes
create_app(services)                                            # app.py: the FastAPI application alone
"""
