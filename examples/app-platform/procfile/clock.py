import sys
import time
from urllib.request import urlopen

while True:
    urlopen(sys.argv[1], data=b"the clock of edition 1")
    time.sleep(1)
