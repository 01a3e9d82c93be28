"""How much a browser may send at once: the one limit that Django does not set on files."""

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

# Enough that a form can say of a file that it is too large; beyond it nothing is read.
MOST_SENT = 40 * 1024 * 1024


class LimitedUploadHandler(FileUploadHandler):
    """Refuses a request that holds more than MOST_SENT with a 400, before any of it is written to disk."""

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None) -> None:
        if content_length > MOST_SENT:
            raise RequestDataTooBig(f"{content_length} bytes were sent")

    def receive_data_chunk(self, raw_data, start):
        return raw_data

    def file_complete(self, file_size) -> None:
        return None
