def get_tracer(*_, **__):
    return None
