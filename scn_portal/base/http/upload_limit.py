"""The limit on the size of a request with files, which Django does not set."""

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

# Above the limits of forms, so that a form can report a file that is a little too large.
MAX_REQUEST_BYTES = 40 * 1024 * 1024


class LimitedUploadHandler(FileUploadHandler):
    """Answers a request of more than MAX_REQUEST_BYTES with 400, before any of it is written to disk."""

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None) -> None:
        if content_length > MAX_REQUEST_BYTES:
            raise RequestDataTooBig(f"{content_length} bytes were sent")

    def receive_data_chunk(self, raw_data, start):
        return raw_data

    def file_complete(self, file_size) -> None:
        return None
