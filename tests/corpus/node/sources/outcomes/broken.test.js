this is not js(
