def extract(carrier):
    return None
