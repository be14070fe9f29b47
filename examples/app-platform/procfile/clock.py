import sys
import time
from urllib.error import URLError
from urllib.request import urlopen

while True:
    try:
        urlopen(sys.argv[1], data=b"the clock of edition 1")
    except URLError as error:
        print(error)
    time.sleep(1)
