SELECT sandbox.tick()
