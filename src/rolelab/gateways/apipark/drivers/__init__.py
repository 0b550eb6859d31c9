"""The authorization drivers: five ways to say who calls, each in a file of its own.

Every driver takes the value of the header or the query parameter as it is. None takes a leading
`Bearer ` away: with the driver `apikey`, `Authorization: Bearer abc` is the key `Bearer abc`, and a
JSON Web Token stands alone in the header. So it is in the sources of Apinto that were read.
"""

from __future__ import annotations

from collections.abc import Mapping

from rolelab.gateways.apipark.drivers import aksk, apikey, basic, jwt, oauth2
from rolelab.gateways.apipark.drivers.driver import Driver

DRIVERS: Mapping[str, Driver] = {
    driver.name: driver
    for driver in (apikey.DRIVER, basic.DRIVER, jwt.DRIVER, aksk.DRIVER, oauth2.DRIVER)
}
"""By name, in the order in which a gateway asks them."""
