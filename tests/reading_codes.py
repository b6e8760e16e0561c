"""What a phone reads from a picture."""

import zxingcpp
from PIL import Image


def qr_in(picture: Image.Image) -> str:
    """The text of the one QR code; its squares at times look like a bar code as well."""
    (code,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return code.text
