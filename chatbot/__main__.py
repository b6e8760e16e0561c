import sys
from pathlib import Path
from chatbot import loading, protocol
def main():
    language = loading.language()
    for line in protocol.answers(sys.stdin, language, loading.fitted()):
        print(line, flush=True)
main()
